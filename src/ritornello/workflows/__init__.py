"""The stories that cross rooms, one file each; they load, ask rooms and save."""
