#!/usr/bin/env bash
# What a user would pick instead of leakdex, on the data of the figures: `cargo bench --bench figures -- rivals` calls this.
#
# Usage: rivals.sh DUMP LIST PRESENT, in a directory where it may write. DUMP has an address a line, LIST a header and an
# address a line, and PRESENT is the number of its rows that are in DUMP. Every rival gives that number, or the script fails.
# What is not installed is skipped, and that is said. CPU seconds are user and system time of the whole process.
#
# None of them hashes with a key, knows breaches, sources or data classes, or answers "unknown".
set -u
dump=$1 list=$2 present=$3
export LC_ALL=C TIMEFORMAT='%U %S %R'
failed=0

# measure NAME COMMAND...: runs it, prints what it took, and keeps what it printed in the file `answer`.
measure() {
    local name=$1 user system wall
    shift
    read -r user system wall < <({ time "$@" >answer 2>errors; } 2>&1)
    awk -v name="$name" -v u="$user" -v s="$system" -v w="$wall" \
        'BEGIN { printf "  %-60s CPU %8.3f s, wall %8.3f s\n", name, u + s, w }'
}

# expect NAME: the answer is the expected number.
expect() {
    local got
    got=$(tr -dc '0-9' <answer)
    if [ "$got" != "$present" ]; then
        echo "  $1: found $got, expected $present"
        head -n 5 errors
        failed=1
    fi
}

tail -n +2 "$list" >list.txt

measure "sort -u of the dump (once)" sort -u -S 1G -o dump.sorted "$dump"
count_common() { sort "$1" | join - "$2" | wc -l; }
measure "sort + join of the list" count_common list.txt dump.sorted
expect "sort + join"
rm -f dump.sorted

if command -v pwqfilter >/dev/null 2>&1; then
    entries=$(wc -l <"$dump")
    build_filter() { pwqfilter --create=$((entries + entries / 20 + 1000)) -o filter <"$dump"; }
    measure "pwqfilter: building (once)" build_filter
    look_up() { pwqfilter -f filter --count <list.txt; }
    measure "pwqfilter: look-up of the list" look_up
    expect "pwqfilter"
    echo "  pwqfilter: $(stat -c %s filter) bytes"
    rm -f filter
else
    echo "  skipped: pwqfilter is not installed (Debian package passwdqc)"
fi

if command -v python3 >/dev/null 2>&1 && python3 -c 'import duckdb' 2>/dev/null; then
    # Addresses as text, and as the 64-bit hashes that DuckDB has (unkeyed).
    duck() { python3 -c 'import sys, duckdb
answer = duckdb.connect(sys.argv[1], config={"threads": 1}).execute(sys.argv[2]).fetchone()
print(answer[0] if len(sys.argv) > 3 else "")' "$@"; }
    read_dump="read_csv('$dump', header=false, columns={'email': 'VARCHAR'}, auto_detect=false, delim='\\t', quote='')"
    read_list="read_csv('$list', header=true, columns={'email': 'VARCHAR'}, auto_detect=false, delim='\\t', quote='')"
    measure "DuckDB, text: loading (once)" duck text.db "create table dump as select email from $read_dump"
    measure "DuckDB, text: semi join of the list" \
        duck text.db "select count(*) from $read_list l semi join dump d on l.email = d.email" answer
    expect "DuckDB, text"
    echo "  DuckDB, text: $(stat -c %s text.db) bytes"
    measure "DuckDB, 64-bit hashes: loading (once)" \
        duck hash.db "create table dump as select hash(email) h from $read_dump order by h"
    measure "DuckDB, 64-bit hashes: semi join of the list" \
        duck hash.db "select count(*) from $read_list l semi join dump d on hash(l.email) = d.h" answer
    expect "DuckDB, 64-bit hashes"
    echo "  DuckDB, 64-bit hashes: $(stat -c %s hash.db) bytes"
    rm -f text.db hash.db
else
    echo "  skipped: DuckDB is not installed (PyPI package duckdb)"
fi

if command -v sqlite3 >/dev/null 2>&1; then
    load() {
        sqlite3 dump.db "create table dump(email text primary key) without rowid;" ".import $dump dump"
    }
    measure "SQLite: loading (once)" load
    ask() {
        sqlite3 dump.db "create temp table list(email text);" ".import list.txt list" \
            "select count(*) from list l where exists (select 1 from dump d where d.email = l.email);"
    }
    measure "SQLite: look-up of the list" ask
    expect "SQLite"
    echo "  SQLite: $(stat -c %s dump.db) bytes"
    rm -f dump.db
else
    echo "  skipped: sqlite3 is not installed"
fi

rm -f list.txt answer errors
exit $failed
