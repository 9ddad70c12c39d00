"""Recordings of five gateways as their pages promise them. Synthetic: nobody has recorded these gateways yet."""
