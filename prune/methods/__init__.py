"""A file for each word of `method:`, and what they share: a layer solved, densities allotted."""
