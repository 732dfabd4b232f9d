-- Where every cart stands. Walks the table: worlds are small.
SELECT site, id FROM cart
