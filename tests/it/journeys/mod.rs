//! Stories of residents, told from the first click to the answer.

mod first_visit;
