"""Is killed in the middle of its work."""
import os
import signal


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("killed: last words")
    os.kill(os.getpid(), signal.SIGKILL)
