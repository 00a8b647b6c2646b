"""Answers without the API: made values, simulation, exploration, mock, record and replay."""
