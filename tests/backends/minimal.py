"""Only what PEP 517 demands; one optional hook is None, which front ends count as absent."""

build_editable = None


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return "minimal-1-py3-none-any.whl"


def build_sdist(sdist_directory, config_settings=None):
    return "minimal-1.tar.gz"
