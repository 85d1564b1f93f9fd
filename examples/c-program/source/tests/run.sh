#!/bin/sh
# Tests the program that is named by the first argument. Needs nothing but a shell.
set -eu
program=$1

expect() {
    got=$(printf '%s' "$2" | "$program")
    if [ "$got" != "$3" ]; then
        printf 'FAILED %s\n  expected: %s\n  got:      %s\n' "$1" "$3" "$got"
        exit 1
    fi
    echo "ok $1"
}

expect 'no words' '' ''
expect 'one word' 'one' '      1 one'
expect 'counts, and knows no case' 'The cat and the hat and THE end' '      3 the
      2 and
      1 cat
      1 end
      1 hat'
expect 'digits belong to words, the rest divides them' 'a1-a1_b;' '      2 a1
      1 b'

many=$(i=0; while [ $i -lt 500 ]; do printf 'w%d ' $i; i=$((i + 1)); done)
lines=$(printf '%s' "$many" | "$program" | wc -l)
[ "$lines" -eq 500 ] || { echo "FAILED many words: $lines"; exit 1; }
echo 'ok many words'
echo 'all tests passed'
