#!/bin/sh
# `npm run build`: dist/ is what the package ships.
set -eu
cd -- "$(dirname -- "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH

rm -rf dist
tsc -p tsconfig.build.json # the types
node scripts/bundle.ts dist

# What is not TypeScript lies where it lies in the sources.
find spec-schema machines actions sandbox store supervisor cli inspector -type f ! -name '*.ts' ! -name '*.md' 2>/dev/null |
  while read -r file; do
    mkdir -p "dist/$(dirname -- "$file")"
    cp -p -- "$file" "dist/$file"
  done

node scripts/write-schema.ts dist
chmod +x dist/cli/main.js
