"""How a derivative performs, and what blocks one."""
