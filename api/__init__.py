"""For programs: the Starlette routes and the guards of every route."""
