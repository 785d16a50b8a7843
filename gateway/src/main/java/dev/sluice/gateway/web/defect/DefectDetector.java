package dev.sluice.gateway.web.defect;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds calls that cannot be read, right behind the decoder. Reactor Netty would log each such call and answer it
 * without a word. So a call with a defective head goes on as a plain one that {@link DefectHandler} answers in its
 * turn, and a defective body goes on as a {@link BrokenBody}. Both end the connection: no later byte can be known to
 * begin a call. Shared by all connections.
 */
@ChannelHandler.Sharable
public final class DefectDetector extends ChannelInboundHandlerAdapter {

    /** Names the defect on the way to {@link DefectHandler}. A caller that sends this header itself is refused. */
    static final String HEADER = "Sluice-Defect";

    private static final Pattern HOST =
            Pattern.compile("([A-Za-z0-9._~!$&'()*+,;=-]*|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?");

    private final DefectMetrics metrics;

    /**
     * The end of a body that could not be read. Looks whole to Reactor Netty, which hands it on to {@link BodyBreaker}.
     */
    static final class BrokenBody extends DefaultLastHttpContent {
        private BrokenBody() {
            super(Unpooled.EMPTY_BUFFER);
        }
    }

    public DefectDetector(DefectMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request) {
            read(ctx, request);
        } else if (message instanceof HttpContent body && body.decoderResult().isFailure()) {
            body.release();
            metrics.count(Defect.BODY);
            ctx.fireChannelRead(new BrokenBody());
        } else {
            ctx.fireChannelRead(message);
        }
    }

    private void read(ChannelHandlerContext ctx, HttpRequest request) {
        Defect defect = defectOf(request);
        if (defect == null) {
            ctx.fireChannelRead(request);
            return;
        }
        metrics.count(defect);
        boolean isEnd = request.decoderResult().isFailure(); // the decoder gives up: no content follows
        HttpMethod method = request.method().equals(HttpMethod.HEAD) ? HttpMethod.HEAD : HttpMethod.GET;
        ReferenceCountUtil.release(request);
        HttpRequest plain = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, "/");
        plain.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE).set(HEADER, defect.name());
        ctx.fireChannelRead(plain);
        if (isEnd) {
            ctx.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
        }
    }

    private static @Nullable Defect defectOf(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return switch (request.decoderResult().cause()) {
                case TooLongHttpLineException _ -> Defect.REQUEST_LINE;
                case TooLongHttpHeaderException _ -> Defect.HEADERS;
                default -> Defect.HEAD;
            };
        }
        if (request.protocolVersion().majorVersion() != 1) {
            return Defect.VERSION;
        }
        if (!isTarget(request.uri())) {
            return Defect.TARGET;
        }
        String host = request.headers().get(HttpHeaderNames.HOST);
        return host == null || HOST.matcher(host).matches() ? null : Defect.HOST;
    }

    private static boolean isTarget(String target) {
        return target.startsWith("/")
                ? isPlain(target) || isUri("http://host" + target)
                : target.regionMatches(true, 0, "http", 0, 4) && isUri(target);
    }

    /**
     * Whether the target has only letters, digits and a few signs, as nearly every target does. Others need a parser.
     */
    private static boolean isPlain(String target) {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '-' && c <= '9') || c == '_';
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).getRawAuthority() != null;
        } catch (URISyntaxException _) {
            return false;
        }
    }
}
