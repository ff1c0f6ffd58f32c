"""Every act in the outside world: its intent is on record before it, each gate is asked again
just before it, and what was seen is recorded after it; repeating any part is safe."""
