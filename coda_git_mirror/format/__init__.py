"""The bytes of the mirror format, version 1: model to bytes and back, without input or output."""
