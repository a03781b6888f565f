"""The fake providers as a program, as the demo starts them."""

from __future__ import annotations

import signal
import subprocess
import sys

import requests

from tests.conftest import ROOT


def test_the_command_says_how_to_ask_it_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "scripts.fake_providers"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told: dict[str, str] = {}
        while "FAKE_PROVIDERS_READY" not in told:
            name, _, value = process.stdout.readline().strip().partition("=")
            assert name, "it ended"
            told[name] = value
        credentials = told["SPOTIFY_CLIENT_ID"], told["SPOTIFY_CLIENT_SECRET"]
        asked = {"grant_type": "client_credentials"}
        answer = requests.post(f"{told['SPOTIFY_ACCOUNTS_URL']}/api/token", asked, auth=credentials, timeout=5)
        assert answer.json()["access_token"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
