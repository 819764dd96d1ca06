"""Checks that the examples of the API's page are right as far as their languages can tell: samples.py docs.html FOLDER."""

import html
import pathlib
import re
import subprocess
import sys

page, folder = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"), pathlib.Path(sys.argv[2])
samples: dict[str, list[str]] = {"curl": [], "JavaScript": [], "Python": []}
for language, code in re.findall(r"<summary>(curl|JavaScript|Python)</summary><pre><code>(.*?)</code></pre>", page, re.DOTALL):
    samples[language].append(html.unescape(code))
assert len(samples["curl"]) > 30 and len({len(all_of_one) for all_of_one in samples.values()}) == 1, samples
for code in samples["Python"]:
    compile(code, "example", "exec")
for name, text, check in (
    ("examples.mjs", "".join(f"{{{code}}}\n" for code in samples["JavaScript"]), ["node", "--check"]),
    ("examples.sh", "\n".join(samples["curl"]), ["bash", "-n"]),
):
    (folder / name).write_text(text, encoding="utf-8")
    subprocess.run([*check, str(folder / name)], check=True)
print(f"The examples of the API's page: {len(samples['curl'])} in each of three languages")
