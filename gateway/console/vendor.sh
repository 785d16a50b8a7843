#!/usr/bin/env bash
# Fetches the console's libraries from npm and puts them, with their licences, where the gateway serves them. Run by
# hand when a version changes; the build downloads nothing. Fails if a package is not, byte for byte, the one that was
# reviewed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target="$here/../src/main/resources/console/vendor"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# package version sha512-of-the-tarball
packages="
preact 11.2.0 /HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg==
@preact/signals 2.11.4 Rb+5RPo9gWSaHtzJeauhHxiC8KP/IF2DEPkHPEOGOnuy2wnJzRqyeLRankUCYd6ADqtxS6GnWGv6Ie343d8aYw==
@preact/signals-core 1.14.5 vcRv7Ityz5JVmeiVqIluLFzT/PDS/AlhHUpw3/aUWqcVUs6bDGIPXE/6RSC4evBNWYvnniozg5Syfj33al3gkg==
htm 3.1.1 983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ==
"

mkdir -p "$target"
rm -f "$target"/*
cd "$work"
while read -r name version hash; do
  [ -n "$name" ] || continue
  tarball=$(npm pack --silent "$name@$version")
  actual=$(openssl dgst -sha512 -binary "$tarball" | base64 -w0)
  if [ "$actual" != "$hash" ]; then
    echo "$name@$version has hash $actual, expected $hash" >&2
    exit 1
  fi
  folder=$(basename "$name")
  mkdir "$folder"
  tar xzf "$tarball" -C "$folder" --strip-components=1
  {
    echo "$name $version, from npm, sha512 $hash"
    echo
    cat "$folder/LICENSE"
  } > "$target/$folder.LICENSE.txt"
done <<< "$packages"

# Browsers resolve no bare names without an import map, and an import map would be an inline script: the names become
# paths.
paths() {
  sed -e 's#from"preact"#from"./preact.mjs"#g' \
    -e 's#from"preact/hooks"#from"./hooks.mjs"#g' \
    -e 's#from"@preact/signals-core"#from"./signals-core.mjs"#g' \
    -e '/^\/\/# sourceMappingURL=/d' "$1" > "$target/$2"
}
paths preact/dist/preact.mjs preact.mjs
paths preact/hooks/dist/hooks.mjs hooks.mjs
paths signals/dist/signals.mjs signals.mjs
paths signals-core/dist/signals-core.mjs signals-core.mjs
paths htm/dist/htm.mjs htm.mjs
if grep -lE "(from|import) ?\"[^./]" "$target"/*.mjs; then
  echo "a bare import is left" >&2
  exit 1
fi
ls -l "$target"
