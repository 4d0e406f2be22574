"""What engraving needs: layouts, notations, places, times, repeats, drawing and typefaces."""
