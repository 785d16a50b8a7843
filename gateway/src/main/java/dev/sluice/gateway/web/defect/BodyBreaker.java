package dev.sluice.gateway.web.defect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.DefaultByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * Tells the reader of a body that its rest cannot be read, and closes the connection behind the answer, because no
 * other call can be found on it. Sees one call at a time, behind the queue of Reactor Netty for pipelined ones. One for
 * each connection; used by its event loop alone.
 */
public final class BodyBreaker extends ChannelDuplexHandler {

    private boolean isAnswered = true;
    private boolean isHeadSent;
    private boolean isBroken;

    /**
     * Fails the reader that asks for the body's bytes. An error of the connection would do so too, but also for a body
     * without a reader, and then Reactor Netty logs it and cuts the connection.
     */
    private static final class Unreadable extends DefaultByteBufHolder {

        private Unreadable() {
            super(Unpooled.EMPTY_BUFFER);
        }

        @Override
        public ByteBuf content() {
            throw Defect.BODY.problem().toException();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof DefectDetector.BrokenBody broken) {
            broken.release();
            breakBody(ctx);
            return;
        }
        if (message instanceof HttpRequest) {
            isAnswered = false;
            isHeadSent = false;
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response
                && response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
            isHeadSent = true;
            if (isBroken) {
                response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            }
        }
        ChannelPromise written = promise;
        if (message instanceof LastHttpContent && isHeadSent) {
            isAnswered = true;
            written = isBroken ? promise.unvoid().addListener(ChannelFutureListener.CLOSE) : promise;
        }
        ChannelFuture _ = ctx.write(message, written);
    }

    private void breakBody(ChannelHandlerContext ctx) {
        isBroken = true;
        if (isAnswered) {
            ChannelFuture _ = ctx.close();
        } else {
            ctx.fireChannelRead(new Unreadable());
        }
    }
}
