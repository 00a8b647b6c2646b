"""Tools for those who work on the repository; none of them is shipped."""
