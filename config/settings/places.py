"""Where this code stands, and the environment that says what varies by machine."""

from pathlib import Path

from environs import Env

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
