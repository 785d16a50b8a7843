// JSON is shown as it came: parsed only to check it, never to print it, so that no big integer loses a digit.

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const MAX_SHOWN = 200_000;

/** The text with line breaks and indentation; as it was if it is no JSON or too long to be read anyway. */
export function pretty(text) {
  if (text.length > MAX_SHOWN) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const tokens = text.match(TOKEN) || [];
  let depth = 0;
  let out = '';
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if (token === '{' || token === '[') {
      depth += 1;
      out += token + (next === '}' || next === ']' ? '' : line(depth));
    } else if (token === '}' || token === ']') {
      depth -= 1;
      const before = tokens[i - 1];
      out += (before === '{' || before === '[' ? '' : line(depth)) + token;
    } else if (token === ',') {
      out += token + line(depth);
    } else {
      out += token === ':' ? ': ' : token;
    }
  });
  return out;
}

const line = depth => '\n' + '  '.repeat(depth);

/** What is wrong with a JSON text, or an empty string. */
export function jsonError(text) {
  try {
    JSON.parse(text);
    return '';
  } catch (e) {
    return e.message;
  }
}
