package dev.sluice.processor.samples;

import dev.sluice.message.Failure;
import dev.sluice.message.Payload;
import dev.sluice.processor.handler.BlockingHandler;
import dev.sluice.processor.handler.Context;
import dev.sluice.processor.handler.HandlerException;
import dev.sluice.processor.handler.Work;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** JPEG or PNG in, a PNG out whose longest side is bounded; a smaller picture keeps its size. */
final class Thumbnail implements BlockingHandler {

    static final int DEFAULT_SIDE = 256;

    /** A small file can claim any size; the claim bounds the decoding before it begins. */
    private static final long MAX_PIXELS = 40_000_000;

    private final int maxSide;

    Thumbnail(int maxSide) {
        this.maxSide = maxSide;
    }

    @Override
    public Payload handle(Work work, Context context) {
        // Not ImageIO's own stream: it would write a file for each picture.
        try (ImageInputStream in = new MemoryCacheImageInputStream(
                new ByteArrayInputStream(work.payload().bytes()))) {
            return new Payload("image/png", png(scaled(decoded(in))));
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException broken) {
            throw notAnImage(String.valueOf(broken.getMessage()));
        }
    }

    private BufferedImage decoded(ImageInputStream in) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
        if (!readers.hasNext()) {
            throw notAnImage("It is neither JPEG nor PNG");
        }
        ImageReader reader = readers.next();
        try {
            reader.setInput(in, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if ((long) width * height > MAX_PIXELS) {
                throw notAnImage("It has " + width + " x " + height + " pixels, more than " + MAX_PIXELS);
            }
            ImageReadParam param = reader.getDefaultReadParam();
            // Every n-th pixel is enough for a picture that is scaled down anyway, and bounds the memory.
            int step = Math.max(1, Math.max(width, height) / (4 * maxSide));
            param.setSourceSubsampling(step, step, 0, 0);
            return reader.read(0, param);
        } finally {
            reader.dispose();
        }
    }

    private BufferedImage scaled(BufferedImage image) {
        double factor = Math.min(1.0, (double) maxSide / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = small.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
            graphics.drawImage(image, 0, 0, width, height, null);
        } finally {
            graphics.dispose();
        }
        return small;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    private static HandlerException notAnImage(String detail) {
        return new HandlerException.Permanent(
                new Failure("not-an-image", "The input is not an image that can be read", detail));
    }
}
