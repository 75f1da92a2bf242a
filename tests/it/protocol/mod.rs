//! Tables: what is asked wrongly, and what must come back.
