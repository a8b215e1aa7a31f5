"""Cannot build source distributions here."""


class UnsupportedOperation(Exception):
    pass


def build_sdist(sdist_directory, config_settings=None):
    raise UnsupportedOperation("only from a git checkout")
