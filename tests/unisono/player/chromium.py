"""Headless Chromium, spoken to over a pipe with its DevTools protocol."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

PROGRAM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)


class Chromium:
    """One page. ``evaluate`` gives values of JavaScript, promises awaited."""

    def __init__(self, folder: Path, *, dark=False, size=(1200, 900)):
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        self._number = 0
        self._held = b""
        self.messages = []
        words = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
            *("--no-first-run", "--disable-dev-shm-usage", "--mute-audio", "--hide-scrollbars"),
            *("--autoplay-policy=no-user-gesture-required", f"--user-data-dir={folder}"),
            f"--window-size={size[0]},{size[1]}",
            "about:blank",
        ]
        # The browser reads from descriptor 3 and writes to 4.
        self._process = subprocess.Popen(
            ["bash", "-c", 'exec "$@" 3<&"$IN" 4>&"$OUT"', "bash", PROGRAM, *words],
            pass_fds=(to_browser, from_browser),
            env=os.environ | {"IN": str(to_browser), "OUT": str(from_browser)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._session = None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=size[0],
            height=size[1],
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", features=[scheme, calm])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.kill()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def call(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.messages.append(answer)

    def open(self, path: Path):
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.evaluate(
            "new Promise(done => { const look = () => document.readyState === 'complete' && "
            "document.getElementById('audio')?.readyState >= 1 ? done(1) : setTimeout(look, 20); "
            "look(); })"
        )

    def evaluate(self, code):
        found = self.call(
            "Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def click(self, x, y, modifiers=0):
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
            self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, modifiers=modifiers, **button
            )

    def press(self, key, text=None):
        extra = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **extra)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def screenshot(self, path: Path):
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def _next(self):
        while b"\0" not in self._held:
            more = os.read(self._read, 1 << 16)
            assert more, "the browser has gone away"
            self._held += more
        message, _, self._held = self._held.partition(b"\0")
        return json.loads(message)
