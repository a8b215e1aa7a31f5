"""Needs something that is not installed."""
import headerkit_test_absent.plugin
