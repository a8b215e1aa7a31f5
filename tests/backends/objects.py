"""The backend is an attribute of an attribute."""


class _Backend:
    def build_wheel(self, wheel_directory, config_settings=None, metadata_directory=None):
        return "%s-%s.whl" % (wheel_directory, config_settings["x"])


class factory:
    backend = _Backend()
