-- The order of which each cart was closed. Walks the table: worlds are small.
SELECT site, id, order_number FROM cart WHERE state = 2
