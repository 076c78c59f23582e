"""What was played: report files become validated, matched Parquet."""
