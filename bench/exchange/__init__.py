"""What governing one model call costs on top of the wire: admitted, judged, held for, settled, recorded."""
