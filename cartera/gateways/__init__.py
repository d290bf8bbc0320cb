"""Payment gateways: each one small module behind `cartera.gateways.base.Gateway`."""
