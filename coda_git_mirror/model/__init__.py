"""What a mirror is made of: values without input or output."""
