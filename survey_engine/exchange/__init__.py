"""Instruments and models to and from other programs' formats."""
