"""Django's settings for a test process: the usual ones, over a data folder of the process's own that goes with it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_FOLDER = tempfile.mkdtemp(prefix="newscentre-tests-")
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
os.environ["NEWSCENTRE_DATA"] = _FOLDER
os.environ["DATABASE_URL"] = os.environ.get("NEWSCENTRE_TEST_DATABASE_URL", "")
# Commands that tests start read their settings as any deployment does.
os.environ["DJANGO_SETTINGS_MODULE"] = "newsdesk.settings"

from newsdesk.settings import *  # noqa: E402, F403

# Passwords are made slow to guess; tests make many.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
