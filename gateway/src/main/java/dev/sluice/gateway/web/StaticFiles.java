package dev.sluice.gateway.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Files of the class path, read once at the start and served from memory: nothing blocks on a disk later, and no path
 * can leave the folder. Bound: the files that are packed into the program.
 */
public final class StaticFiles {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "mjs", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "txt", "text/plain; charset=utf-8",
            "json", "application/json");

    private final Map<String, File> files = new HashMap<>();

    private record File(String contentType, String etag, byte[] bytes) {}

    /** Reads all files below a folder of the class path, for instance {@code console/}. */
    public StaticFiles(String folder) {
        try {
            for (Resource resource :
                    new PathMatchingResourcePatternResolver().getResources("classpath:" + folder + "**")) {
                add(folder, resource);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder, e);
        }
    }

    /** The file that the path variable {@code path} names; {@code index.html} for none. */
    public Mono<ServerResponse> serve(ServerRequest http) {
        String path = http.pathVariable("path");
        String name = path.isEmpty() || path.equals("/") ? "index.html" : path.substring(1);
        File file = files.get(name);
        if (file == null) {
            return Mono.error(() -> new Problem(ProblemType.NOT_FOUND, "There is no such file").toException());
        }
        return Mono.just(answer(http, file));
    }

    /** One file under a path of its own. */
    public Mono<ServerResponse> serve(ServerRequest http, String name) {
        File file = files.get(name);
        return file == null
                ? Mono.error(() -> new Problem(ProblemType.NOT_FOUND, "There is no such file").toException())
                : Mono.just(answer(http, file));
    }

    private static Answer answer(ServerRequest http, File file) {
        boolean known = file.etag().equals(http.headers().firstHeader(HttpHeaders.IF_NONE_MATCH));
        Answer answer = known ? Answer.empty(304) : Answer.of(200, file.contentType(), file.bytes());
        return answer.header("ETag", file.etag())
                .header("Cache-Control", "no-cache")
                .header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer");
    }

    private void add(String folder, Resource resource) throws IOException {
        String url = resource.getURL().toString();
        String name = url.substring(url.lastIndexOf("/" + folder) + folder.length() + 1);
        String type = typeOf(name);
        if (type != null) {
            byte[] bytes = resource.getContentAsByteArray();
            files.put(name, new File(type, etag(bytes), bytes));
        }
    }

    private static @Nullable String typeOf(String name) {
        return TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    }

    private static String etag(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return "\""
                    + Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(hash)
                            .substring(0, 22) + "\"";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }
}
