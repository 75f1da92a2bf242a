//! Every address of the house, as a typed function. No path literal anywhere else.
