"""The names of headerkit; everything behind them is headerkit-backend."""
