package dev.sluice.gateway.store.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.r2dbc.postgresql.codec.PostgresTypeIdentifier;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.postgresql.message.Format;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code byte[]} as {@code bytea}: sent in binary, without a copy of its own; read in binary where the connection asks
 * for binary results, otherwise (statements without parameters always) in PostgreSQL's hex text.
 */
final class ByteaCodec extends ParameterCodec<byte[]> {

    private static final int HEX_PREFIX_LENGTH = 2; // \x

    ByteaCodec() {
        super(byte[].class, PostgresqlObjectId.BYTEA);
    }

    @Override
    ByteBuf encodeBinary(byte[] value) {
        return Unpooled.wrappedBuffer(value);
    }

    @Override
    public Iterable<? extends PostgresTypeIdentifier> getDataTypes() {
        return List.of(PostgresqlObjectId.BYTEA);
    }

    @Override
    public boolean canDecode(int dataType, Format format, Class<?> type) {
        return dataType == PostgresqlObjectId.BYTEA.getObjectId() && type == byte[].class;
    }

    @Override
    public byte @Nullable [] decode(
            @Nullable ByteBuf buffer, int dataType, Format format, Class<? extends byte[]> type) {
        if (buffer == null) {
            return null;
        }
        return format == Format.FORMAT_BINARY ? ByteBufUtil.getBytes(buffer) : decodeHex(buffer);
    }

    private static byte[] decodeHex(ByteBuf buffer) {
        int length = buffer.readableBytes() - HEX_PREFIX_LENGTH;
        int start = buffer.readerIndex();
        if (length < 0 || length % 2 != 0 || buffer.getByte(start) != '\\' || buffer.getByte(start + 1) != 'x') {
            throw new IllegalStateException("bytea is not in hex format (is bytea_output set to escape?)");
        }
        byte[] decoded = new byte[length / 2];
        int index = start + HEX_PREFIX_LENGTH;
        for (int i = 0; i < decoded.length; i++, index += 2) {
            decoded[i] = (byte) (digit(buffer.getByte(index)) << 4 | digit(buffer.getByte(index + 1)));
        }
        return decoded;
    }

    private static int digit(byte character) {
        int value = Character.digit(character, 16);
        if (value < 0) {
            throw new IllegalStateException("Not a hex digit in bytea: " + character);
        }
        return value;
    }
}
