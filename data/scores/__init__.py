"""What engraving needs: drawing and typefaces."""
