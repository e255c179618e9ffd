"""Results to one HTML file that a browser opens: charts and tables, with no network."""
