#!/usr/bin/env bash
# Prints how long the code's files are and which way the packages depend on each other.
set -euo pipefail
cd "$(dirname "$0")/.."

code=$(git ls-files --cached --others --exclude-standard -- '*.rs' '*.ts' '*.tsx' | sort -u | while read -r file; do
    [[ -f $file ]] && printf '%s %s\n' "$(wc -l <"$file")" "$file"
done | sort -n)

summary() { # lines and names in ascending order on standard input
    awk -v name="$1" '
        { lines[NR] = $1; file[NR] = $2; sum += $1 }
        END {
            if (!NR) exit
            p90 = lines[int((NR * 9 + 9) / 10)]
            printf "%-18s %5d %7d %7d %5d %8d  %s\n", name, NR, sum, lines[int((NR + 1) / 2)], p90, lines[NR], file[NR]
        }'
}

printf '%-18s %5s %7s %7s %5s %8s\n' folder files lines median p90 largest
for folder in crates/*/ src/ tests/ benches/ web/; do
    grep -F " $folder" <<<"$code" | summary "$folder" || true
done
summary all <<<"$code"

echo
echo "dependencies between packages"
for manifest in crates/*/Cargo.toml Cargo.toml; do
    awk -F '[ .=]' '
        /^\[/ { section = $0 }
        /^name *=/ && section == "[package]" { split($0, part, "\""); own = part[2] }
        /^foliosync[a-z-]*[ .=]/ && section == "[dependencies]" { found = found " " $1 }
        /^foliosync[a-z-]*[ .=]/ && section == "[dev-dependencies]" { tests = tests " " $1 }
        END {
            printf "  %-20s -> %s", own, found == "" ? " nothing of ours" : found
            if (tests != "") printf "   (tests:%s)", tests
            print ""
        }' "$manifest"
done
