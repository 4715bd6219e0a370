"""Tests of the fetching side. The contract's asserts are spelled out like those of a test."""

import pytest

pytest.register_assert_rewrite("tests.support.contract")
