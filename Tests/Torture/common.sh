# What the torture scripts share; each sources it first.
#
#   PIPELINE  the program (default: .build/release/pipeline)
#   TORTURE   how many times as long as by default (default: 1)
#   SEED      of all moments and places (default: another each time)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PIPELINE=$(realpath "${PIPELINE:-.build/release/pipeline}")
[ -x "$PIPELINE" ] || { echo "FAILED: there is no $PIPELINE; fix: make build" >&2; exit 1; }
TORTURE=${TORTURE:-1}
SEED=${SEED:-$RANDOM}
RANDOM=$SEED
folder=$(mktemp -d)
mounted=
clean() {
  local left
  left=$(jobs -p)
  if [ -n "$left" ]; then kill -9 $left 2> /dev/null || true; wait 2> /dev/null || true; fi
  if [ -n "$mounted" ]; then umount -l "$mounted" || true; fi
  chmod -R u+w "$folder" 2> /dev/null || true
  rm -rf "$folder"
}
trap clean EXIT

fail() {
  echo "FAILED: $* (SEED=$SEED)" >&2
  exit 1
}

need() {
  command -v "$1" > /dev/null || { echo "skipped: '$1' is not installed"; exit 0; }
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# A graph of 200 instances: 64 sources, each with a follower, 8 of them all gathered (large files),
# and 8 leaves of each. Some run in worker processes.
write_spec() {
  local numbers groups
  numbers=$(seq -s ', ' 1 64) groups=$(seq -s ', ' 1 8)
  local padding
  padding=$(printf 'x%.0s' $(seq 1 400))
  cat > "$folder/torture.yaml" << SPEC
version: 1
name: torture
params: {mark: 1}
axes:
  number: [$numbers]
  group: [$groups]
  leaf: [$groups]
defaults: {retries: {max: 5, on: [lost]}}
stages:
  source: {uses: text.write, matrix: [number], with: {text: "source \${matrix.number} $padding\\n"}}
  follower:
    uses: text.write
    matrix: [number]
    inputs: {from: source.text}
    with: {text: "follower of \${matrix.number}\\n"}
  wide:
    uses: text.write
    matrix: [group]
    inputs: {from: {from: follower.text, gather: true}}
    with: {text: "group \${matrix.group}\\n"}
    isolation: process
  leaf:
    uses: text.write
    matrix: [group, leaf]
    inputs: {from: wide.text}
    with: {text: "leaf \${matrix.leaf} of \${mark}\\n"}
SPEC
}

# run NAME [ARGUMENT...]: runs the graph in the workspace NAME; its summary goes to NAME.json.
run() {
  local name=$1
  shift
  "$PIPELINE" run "$folder/torture.yaml" "$@" --json --no-progress \
    --workspace "$folder/$name/store" --output "$folder/$name/results" \
    > "$folder/$name.json" 2> "$folder/$name.err"
}

# A number of the summary that `run` left.
number() { sed -E "s/.*\"$2\":([0-9]+).*/\1/" "$folder/$1.json"; }

# The keys and output hashes of the newest results of a workspace, one line an instance.
outcome() {
  tr -d ' \n' < "$folder/$1/results/torture/latest/run.json" | grep -oE '"(key|sha256)":"[0-9a-f]{64}"'
}

same_as() {
  [ "$(outcome "$1")" = "$(outcome "$2")" ] || fail "the results of '$2' are not those of '$1'"
}

# What the database of a workspace says, for counts of what was computed.
ask() { sqlite3 -readonly -cmd '.timeout 60000' "$folder/$1/store/pipeline.sqlite" "$2"; }

computed_twice() {
  ask "$1" "SELECT count(*) FROM (SELECT key FROM attempt WHERE state = 'done'
    GROUP BY key HAVING count(*) > 1)"
}
