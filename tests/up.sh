# Sourced by the tests that need a deployment: starts one that keeps what it has in $scratch, and reads what it prints: API, KEY, PHOTOS. Its
# process is $up.
start_up() {
  target/debug/likeness up --port 0 --gpu-port 0 --state-dir "$scratch/state" >"$scratch/out" 2>"$scratch/log" &
  up=$!
  for _ in $(seq 1200); do
    grep -q "^Stop with" "$scratch/out" && break
    kill -0 "$up" 2>/dev/null || { echo "likeness up has ended: $(tail -n 5 "$scratch/log")" >&2; exit 1; }
    sleep 0.5
  done
  grep -q "^Stop with" "$scratch/out" || { echo "likeness up did not start within 10 minutes: $(tail -n 5 "$scratch/log")" >&2; exit 1; }
  # shellcheck source=/dev/null
  source <(grep "^export " "$scratch/out")
}
