package dev.sluice.gateway.web;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Closes a connection whose bytes do not become a call in time: a head that trickles, or the unread rest of a body that
 * was answered before its end. One for each connection; used by its event loop alone.
 *
 * <p>Reactor Netty has an idle handler in the pipeline exactly while a connection serves no call, and a new one each
 * time. So bytes were no whole head if the same handler stands there before and after them.
 */
final class HeadTimeout extends ChannelInboundHandlerAdapter {

    private final long timeoutMs;
    private @Nullable Future<?> closing;

    HeadTimeout(Duration timeout) {
        this.timeoutMs = timeout.toMillis();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        ChannelHandler idle = idleHandler(ctx);
        ctx.fireChannelRead(bytes);
        if (idle == null || !idle.equals(idleHandler(ctx))) {
            stop();
        } else if (closing == null) {
            closing = ctx.executor().schedule(() -> close(ctx), timeoutMs, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop();
        ctx.fireChannelInactive();
    }

    private void stop() {
        if (closing != null) {
            closing.cancel(false);
            closing = null;
        }
    }

    private static void close(ChannelHandlerContext ctx) {
        ChannelFuture _ = ctx.close();
    }

    private static @Nullable ChannelHandler idleHandler(ChannelHandlerContext ctx) {
        return ctx.pipeline().get(NettyPipeline.IdleTimeoutHandler);
    }
}
