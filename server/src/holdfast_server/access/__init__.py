"""Who may use Holdfast itself."""
