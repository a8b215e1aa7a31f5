from setuptools import setup

setup(cffi_modules=["build_geometry.py:ffi"])
