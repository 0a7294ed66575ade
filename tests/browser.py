"""Headless Chromium: a page is opened, a script walks through it, and what it saw comes back."""

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

CHROMIUM = shutil.which("chromium")
# whatever goes wrong in the page, from its first line on
WATCH = """<script>
const problems = [];
const failed = event => problems.push(event.message || "does not load: " + event.target.tagName);
window.addEventListener("error", failed, true);
window.addEventListener("unhandledrejection", event => problems.push(String(event.reason)));
console.error = (...words) => problems.push(words.join(" "));
</script>"""
REPORT = """<script>
window.addEventListener("load", async () => {
    let seen = null;
    try { seen = await (async () => { SCRIPT })(); } catch (error) { problems.push(String(error)); }
    const found = document.createElement("pre");
    found.id = "found";
    found.textContent = JSON.stringify({ seen, problems });
    document.body.append(found);
});
</script></body>"""


def visit(page: Path, script: str, folder: Path, *options: str) -> dict:
    """What a script (the body of an async function) returns on a page, as ``seen``, and all ``problems``."""
    text = page.read_text(encoding="utf-8").replace("<head>", f"<head>{WATCH}", 1)
    before, _, after = text.rpartition("</body>")
    watched = folder / "watched.html"
    watched.write_text(before + REPORT.replace("SCRIPT", script) + after, encoding="utf-8")
    command = [CHROMIUM, "--headless", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    # the network is switched off: a report must need none
    command += ["--virtual-time-budget=100000", "--host-resolver-rules=MAP * ~NOTFOUND", *options]
    # root has no sandbox
    command += ["--no-sandbox"] if os.geteuid() == 0 else []
    done = subprocess.run([*command, watched.as_uri()], capture_output=True, text=True, timeout=300)
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    return json.loads(unescape(found[1]))
